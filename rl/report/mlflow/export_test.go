package mlflow

// Legal returns the name of the file of a metric.
func Legal(name string) string { return legal(name) }
