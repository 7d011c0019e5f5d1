// Package jetstream has architectures evaluated by workers on other machines, over NATS JetStream: a queue on disk, from
// which workers take requests, and a stream of their replies. Both are the messages of package protocol.
//
// An [Evaluator] is the coordinator, in the program that searches. Each machine that evaluates runs a [Worker], which serves
// the queue with any evaluator, a program by package command among them:
//
//	nc, err := nats.Connect(url, nats.UserCredentials("search.creds"), nats.MaxReconnects(-1))
//	if err != nil { … }
//	defer nc.Close()
//	e, err := jetstream.New(ctx, nc, space, jetstream.Config{Objective: "cifar10 validation, 12 epochs"})
//	if err != nil { … }
//	defer e.Close()
//
// and on the other machines
//
//	w := jetstream.Worker{Conn: nc, Space: space, Evaluator: trainers, Concurrency: 4}
//	err := w.Run(ctx)
//
// Where there is no server, package embedded runs one inside the program, on the loopback interface.
//
// # The streams
//
// Subjects are name.kind.space.id, where name is [Queue].Name and id the request's:
//
//	coordinator ── request ──► graphpnas-request   work queue: one message a request, until it is answered
//	                                  │
//	                                  │ one at a time for each free slot; signs of life meanwhile;
//	                                  ▼ to another worker when they end
//	                               worker ── dead ──► graphpnas-dead     requests that nobody could answer, with the reason
//	                                  │
//	                                  │ then the request is taken out of the queue
//	                                  ▼
//	coordinator ◄── results ── graphpnas-result    every reply, for good: the first that is lasting counts
//	       ▲                          │
//	       └────────── done ──────────┘            no stream: wakes who waits
//
// The id is derived from the objective, the space, the architecture's Key, budget and seed. So a coordinator that is
// restarted and asks again finds the result that came meanwhile, or joins the request under way: there is never more than
// one message of an id in the queue. Nothing that has a result is evaluated again, however often it is asked for, until the
// stream of results is purged.
//
// # What can go wrong
//
// A worker replies first and takes the request out of the queue then. When a worker vanishes, its requests go to others
// after [Queue].AckWait; when its connection was cut and it has evaluated all the same, there may be two replies, of which
// the first in the stream counts for everybody and for ever. A worker that is handed a request which has a lasting reply does
// not evaluate it. Whatever is no reply to the request is passed over, and a request that was taken out of the queue
// without a reply is put there again after [Config].Recheck.
//
// A failure that is [evaluator.Permanent] is a reply that lasts, as a result does. After any other, and when a worker has
// vanished, the request is delivered again, up to [Worker].Deliveries times. Then it is a dead letter, kept in a stream for
// people to look into, and the coordinator's error wraps [ErrDeadLetter] and [evaluator.ErrTemporary]: that nobody
// has answered says nothing for certain about the architecture. Asked again, it gets as many deliveries again. What is no
// request for the space is a dead letter at once.
//
// While a server restarts, both wait. While the queue is full, a coordinator waits.
//
// # What to secure
//
// A worker hands architectures to its evaluator and does nothing else that a message says. A message has at most
// protocol.MaxLine bytes, headers counted, and at most what the server allows. Who may publish to the subjects of results
// may answer: give each user of a server the subjects that he needs. The directory examples/distributed says which.
//
// What is in a stream is on the server's disk, but is synced by JetStream only every two minutes, and by the server of package
// embedded every ten seconds: more often by a server's setting sync_interval, or keep [Queue].Replicas on several servers.
// What a power failure takes from the queue is asked for again after [Config].Recheck; package evaluator/store, around the
// coordinator, keeps what the search has.
package jetstream
