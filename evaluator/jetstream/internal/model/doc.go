// Package model is an in-memory model of a NATS server with JetStream, for simulations of the queue. It implements the part of the
// NATS client protocol that package jetstream uses, over in-memory connections, uses the program's clock, and can inject faults. In
// a bubble of testing/synctest, hours pass in milliseconds.
//
// The model follows the documentation of NATS 2.10: https://docs.nats.io/reference/reference-protocols.
package model
