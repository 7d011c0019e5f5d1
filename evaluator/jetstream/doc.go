// Package jetstream distributes evaluations to workers on other machines over NATS JetStream. Workers take requests from a queue
// and send their replies to a stream; the server keeps both on disk. The messages are those of package protocol.
//
// An [Evaluator] is the coordinator in the program that searches. Each machine that evaluates runs a [Worker], which answers
// requests with any evaluator, such as one of package command:
//
//	nc, err := nats.Connect(url, nats.UserCredentials("search.creds"), nats.MaxReconnects(-1))
//	if err != nil { … }
//	defer nc.Close()
//	e, err := jetstream.New(ctx, nc, space, jetstream.Config{Objective: "cifar10 validation, 12 epochs"})
//	if err != nil { … }
//	defer e.Close()
//
// On the other machines:
//
//	w := jetstream.Worker{Conn: nc, Space: space, Evaluator: trainers, Concurrency: 4}
//	err := w.Run(ctx)
//
// If you have no NATS server, package embedded runs one inside the program, on the loopback interface.
//
// # Streams
//
// The first coordinator creates the streams. Subjects are name.kind.space.id, where name is [Queue].Name and id is the request's:
//
//	coordinator ── request ──► graphpnas-request   work queue: one message per request, until it is answered
//	                                  │
//	                                  │ one at a time for each free slot; the worker sends heartbeats;
//	                                  ▼ without them, another worker gets the request
//	                               worker ── dead ──► graphpnas-dead     requests that no worker could answer, with the reason
//	                                  │
//	                                  │ then the request is removed from the queue
//	                                  ▼
//	coordinator ◄── results ── graphpnas-result    every reply, kept; the first final one counts
//	       ▲                          │
//	       └────────── done ──────────┘            not a stream: wakes the waiting coordinators
//
// The id is derived from the objective, the space, the architecture's Key, budget and seed, and the queue never contains two
// messages with the same id. A restarted coordinator therefore finds results that have arrived in the meantime, and waits for
// requests that are still in the queue instead of repeating them. An architecture that has a result is not evaluated again until
// the stream of results is purged. Failures are kept too: the error of a later run includes the time of the failure, and
// [Config].RetryFailures evaluates the architecture again.
//
// While a worker evaluates, it sends its progress on the subjects of kind done. Progress is not stored, but the reply contains the
// whole learning curve. If a search stops an evaluation, the coordinator removes the request from the queue and notifies the worker
// on name.stop.space.id. For this, the coordinators' user needs permission to publish to name.stop.>, and the workers' user to
// subscribe to it. Without these permissions, stopped evaluations continue to their end; everything else works.
//
// # Checks
//
// [New] and [Worker.Run] check the server before the first evaluation. They return an error that names the problem if
//
//   - JetStream is not enabled;
//   - a permission is missing;
//   - a stream or the consumer has settings that do not suit the queue, such as other subjects or another retention or discard
//     policy;
//   - the server does not allow messages as large as requests.
//
// If the streams are in a JetStream domain or in another account, set [Queue].Domain or [Queue].APIPrefix.
//
// # Delivery
//
// A worker replies first and then removes the request from the queue. If a worker disappears, its requests go to other workers
// after [Queue].AckWait. If it only lost its connection and finishes its evaluation, there may be two replies; the first one in
// the stream is used by all coordinators. A worker does not evaluate a request that already has a final reply. Messages that are
// not replies to the request are ignored. A request that was removed from the queue without a reply is queued again after
// [Config].Recheck.
//
// Results and [evaluator.Permanent] failures are final replies. After any other failure, and if a worker has disappeared, the
// request is delivered again, up to [Worker].Deliveries times. Then it becomes a dead letter, which is stored in a stream for
// inspection. The coordinator's error then wraps [ErrDeadLetter] and [evaluator.ErrTemporary], because the architecture may not be
// at fault. A later Evaluate of the architecture queues it again. A message that is not a request for the space becomes a dead
// letter immediately.
//
// A failure that wraps [evaluator.ErrUncertain] is neither stored nor retried: the coordinator returns it.
//
// If a worker's evaluator is broken ([evaluator.ErrBroken]), the worker hands its requests back, reports the error to the
// coordinators and ends.
//
// # Faults
//
// After any fault, coordinators and workers either make progress or return an error that wraps [evaluator.ErrBroken]. Such an error
// is not the architecture's fault, so no architecture is recorded as failed.
//
//   - If the connection is lost, a worker waits without limit, and a coordinator waits for [Config].Patience.
//   - If the server cannot write to its disk, it rejects messages or does not answer. A worker that cannot send a result for
//     [Worker].Patience hands its requests back and ends. So does a worker whose stream was deleted. A coordinator gives up if, for
//     [Config].Patience, workers report that they cannot send results and no result arrives.
//   - If requests wait and there is no worker, a coordinator reports [ErrNoWorker] and keeps waiting. There is a worker if one has
//     sent a heartbeat within [Queue].AckWait or asks for a request. If the last worker ended with an error and no other appears, the
//     coordinator gives up after [Config].Patience.
//   - If the queue is full, a coordinator waits. If the queue contains requests for the coordinator's own space, it waits without
//     limit. Otherwise it waits for [Config].Patience, because there may be no workers for the other spaces.
//
// The Logger and OnTrouble of [Config] and [Worker] report a fault that has lasted two seconds, and missing workers after
// [Config].Recheck. A worker whose evaluation hangs keeps sending heartbeats, so its request is not passed on; to limit the time of
// an evaluation, set [Worker].Deadline.
//
// # Security
//
// A worker only passes architectures to its evaluator; messages cannot make it do anything else. A message has at most
// protocol.MaxLine bytes, including headers, and at most the number of bytes that the server allows. A user who may publish to the
// subjects of results can forge results, so give each user only the permissions that it needs; the directory examples/distributed
// lists them.
//
// # Durability
//
// Streams are on the server's disk, but by default JetStream syncs them only every two minutes, and the server of package embedded
// every ten seconds. The server's setting sync_interval changes that, and [Queue].Replicas keeps the streams on several servers. If
// a power failure removes a request from the queue, it is queued again after [Config].Recheck. To keep the results of a search
// safe, wrap the coordinator in an evaluator of package evaluator/store.
package jetstream
