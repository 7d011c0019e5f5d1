// Package model is a model of a NATS server with JetStream, in memory, for simulations of the queue. It speaks the protocol of
// NATS clients as far as package jetstream uses it, over connections in memory, takes its time from the clock of the program, and
// fails as it is told. In a bubble of testing/synctest hours pass in milliseconds.
//
// The model follows the documentation of NATS 2.10: https://docs.nats.io/reference/reference-protocols.
package model
