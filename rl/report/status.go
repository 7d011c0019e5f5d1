package report

// Status is the state of the workers and the queue of a search; see [Monitor.SetStatus].
type Status struct {
	// Workers lists the known workers.
	Workers []Worker `json:"workers"`
	// Waiting is the number of evaluations that no worker has taken yet. Running is the number of evaluations that are running.
	Waiting int `json:"waiting"`
	Running int `json:"running"`
	// Trouble describes the current problem, such as a server that does not respond. It is empty if there is none.
	Trouble string `json:"trouble,omitempty"`
}

// Worker describes one worker.
type Worker struct {
	Name string `json:"name"`
	// Answers is the number of finished evaluations, including Failures, the number of failed ones.
	Answers  int `json:"answers"`
	Failures int `json:"failures"`
	// Seconds is the total cost of these evaluations in seconds.
	Seconds float64 `json:"seconds"`
}
