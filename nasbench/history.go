package nasbench

import "slices"

// historyColumns are the columns that tell what became of an evaluation, in a file that a search has written
// (rl.CSVWriter).
type historyColumns struct {
	value, failure int
	budget         int // −1 if all evaluations are at the full budget
}

// findHistory returns the columns of a history, or nil if the file is not one.
func findHistory(names []string) *historyColumns {
	for _, name := range []string{"trial", "group", "source", "log_prob", "value", "best", "cost_seconds", archColumn, "error"} {
		if !slices.Contains(names, name) {
			return nil
		}
	}
	return &historyColumns{slices.Index(names, "value"), slices.Index(names, "error"), slices.Index(names, "budget")}
}

// failed reports whether a record is of an evaluation that failed, or that was made at a smaller budget and has no figure of the
// full one. A failed evaluation may have a value nevertheless, which a search has used in place of the missing one.
func (h *historyColumns) failed(record []string) bool {
	return h != nil && (record[h.failure] != "" || h.budget >= 0 && record[h.budget] != "")
}
