package nasbench

// ForgetNATS has an architecture read again when it is next asked for.
func ForgetNATS(n *NATS, index int) { n.loaded[index].Store(nil) }
