package report

// Status is the state of the workers and of the queue of a search, which a [Monitor] shows.
type Status struct {
	// Workers are those that are known.
	Workers []Worker `json:"workers"`
	// Waiting is how many evaluations no worker has taken yet, and Running how many are under way.
	Waiting int `json:"waiting"`
	Running int `json:"running"`
	// Trouble says what is wrong now, such as that a server does not answer. It is empty if all is well.
	Trouble string `json:"trouble,omitempty"`
}

// Worker is what one worker has done.
type Worker struct {
	Name string `json:"name"`
	// Answers is how many evaluations it has finished, and Failures how many of them failed.
	Answers  int `json:"answers"`
	Failures int `json:"failures"`
	// Seconds is what they cost together.
	Seconds float64 `json:"seconds"`
}
