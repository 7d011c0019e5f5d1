package nasbench

import "slices"

// historyColumns are the columns that tell what became of an evaluation, in a file that a search has written
// (rl.CSVWriter).
type historyColumns struct {
	value, failure int
}

// findHistory returns the columns of a history, or nil if the file is not one.
func findHistory(names []string) *historyColumns {
	for _, name := range []string{"trial", "group", "source", "log_prob", "value", "best", "cost_seconds", archColumn, "error"} {
		if !slices.Contains(names, name) {
			return nil
		}
	}
	return &historyColumns{slices.Index(names, "value"), slices.Index(names, "error")}
}

// failed reports whether a record is of an evaluation that failed. It may have a value nevertheless, which a search has
// used in place of the missing one.
func (h *historyColumns) failed(record []string) bool {
	return h != nil && record[h.failure] != ""
}
