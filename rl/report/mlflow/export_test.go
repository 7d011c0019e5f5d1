package mlflow

// Legal returns the legal form of the name of a metric.
func Legal(name string) string { return legal(name) }
