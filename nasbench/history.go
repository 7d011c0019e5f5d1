package nasbench

import "slices"

// historyColumns are the columns that describe the outcome of an evaluation in a file written by a search (rl.CSVWriter).
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

// failed reports whether a record is an evaluation that failed, or one at a smaller budget, which has no figure for the full budget. A
// failed evaluation may have a penalty value.
func (h *historyColumns) failed(record []string) bool {
	return h != nil && (record[h.failure] != "" || h.budget >= 0 && record[h.budget] != "")
}
