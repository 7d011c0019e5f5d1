// Package jetstream distributes evaluations to workers on other machines, over NATS JetStream: a queue on disk from which workers
// take requests, and a stream of their replies. Both contain the messages of package protocol.
//
// An [Evaluator] is the coordinator, in the program that searches. Each machine that evaluates runs a [Worker], which serves the
// queue with any evaluator, such as a program by package command:
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
// If there is no server, package embedded runs one inside the program, on the loopback interface.
//
// # The streams
//
// The first coordinator creates the streams. Subjects are name.kind.space.id. The name is [Queue].Name, and the id is the request's:
//
//	coordinator ── request ──► graphpnas-request   work queue: one message per request, until it is answered
//	                                  │
//	                                  │ one at a time for each free slot; signs of life meanwhile;
//	                                  ▼ to another worker when they end
//	                               worker ── dead ──► graphpnas-dead     requests that no worker could answer, with the reason
//	                                  │
//	                                  │ then the request is removed from the queue
//	                                  ▼
//	coordinator ◄── results ── graphpnas-result    every reply, for good: the first that is lasting counts
//	       ▲                          │
//	       └────────── done ──────────┘            not a stream: wakes the coordinators that wait
//
// The id is derived from the objective, the space, the architecture's Key, budget and seed. So a coordinator that is restarted
// and asks again finds the result that has arrived meanwhile, or joins the request that is in the queue: the queue never has two
// messages with the same id. What has a result is not evaluated again until the stream of results is purged. A failure stays,
// too; the error of a later run says when it happened, and [Config].RetryFailures evaluates the architecture again.
//
// While a worker evaluates, it sends its progress on the subjects of kind done, without keeping it; the reply has the whole learning
// curve. An evaluation that a search stops is taken out of the queue, and its worker is told on name.stop.space.id. For that, the
// coordinators' user must be allowed to publish to name.stop.>, and the workers' user to subscribe to it; without these permissions
// stopped evaluations run to their end, and everything else works.
//
// # Settings that are checked
//
// [New] and [Worker.Run] check the server before anything is evaluated, and name what is wrong: JetStream is not enabled, a
// permission is missing (which servers do not answer, so that calls would only time out), a stream or the consumer has settings
// with which the queue could not work, such as other subjects, another retention or another discard policy, or messages as large
// as requests are not allowed. Streams in a JetStream domain or in another account are reached with [Queue].Domain and
// [Queue].APIPrefix.
//
// # What can go wrong
//
// A worker replies first and then removes the request from the queue. When a worker vanishes, its requests go to others after
// [Queue].AckWait. If only its connection was cut and it has evaluated all the same, there may be two replies, and the first in
// the stream counts for everybody. A worker that gets a request which has a lasting reply does not evaluate it. Messages that are
// not replies to the request are ignored, and a request that was removed from the queue without a reply is put there again after
// [Config].Recheck.
//
// A failure that is [evaluator.Permanent] is a lasting reply, as a result is. After any other failure, and when a worker has
// vanished, the request is delivered again, up to [Worker].Deliveries times. Then it becomes a dead letter, kept in a stream for
// people to look at, and the coordinator's error wraps [ErrDeadLetter] and [evaluator.ErrTemporary]: that nobody has answered
// says nothing certain about the architecture. If it is asked for again, it is delivered as often again. A message that is not a
// request for the space becomes a dead letter at once.
//
// A failure that wraps [evaluator.ErrUncertain] is neither kept nor delivered again: the coordinator returns it.
//
// A worker whose evaluator is broken ([evaluator.ErrBroken]) hands its requests back and ends, and tells the coordinators why.
//
// After any fault there is either progress or an error, on both sides. No architecture is blamed for it: the errors wrap
// [evaluator.ErrBroken].
//
//   - While there is no connection, workers wait without a limit, and coordinators for [Config].Patience.
//   - A server that cannot write its disk does not answer, or refuses messages. A worker that cannot send a result for
//     [Worker].Patience hands its requests back and ends. The same holds if a stream was deleted. A coordinator gives up if
//     workers report for [Config].Patience that they cannot send, and no result arrives.
//   - Workers show every third of [Queue].AckWait that they evaluate. A coordinator reports if requests wait and no worker shows
//     itself. It gives up if the last that workers have reported was an error and none has come for [Config].Patience.
//   - While the queue is full, a coordinator waits without a limit if requests for its space are in it, which workers can take,
//     and for [Config].Patience if other spaces alone fill it.
//
// [Config] and [Worker] have a Logger and a callback OnTrouble that report all this after two seconds; a missing worker is
// reported after [Config].Recheck. An evaluation that hangs is not a fault that the queue can see: set [Worker].Deadline.
//
// # Security
//
// A worker passes architectures to its evaluator and does nothing else that a message says. A message has at most
// protocol.MaxLine bytes, including headers, and at most what the server allows. Whoever may publish to the subjects of results
// can make results up: give each user of a server only the permissions that it needs. The directory examples/distributed lists
// them.
//
// What is in a stream is on the server's disk, but JetStream syncs it only every two minutes, and the server of package embedded
// every ten seconds. The server's setting sync_interval makes that more frequent; [Queue].Replicas keeps the streams on several
// servers. If a power failure removes a request from the queue, it is made again after [Config].Recheck. Package
// evaluator/store, around the coordinator, keeps what the search has.
package jetstream
