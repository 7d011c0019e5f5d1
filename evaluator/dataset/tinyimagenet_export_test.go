package dataset

var (
	DecodeJPEG = decodeJPEG
	ParseWNIDs = parseWNIDs
)

// ParseAnnotations returns the names and labels of a list of images.
func ParseAnnotations(text string, classes map[string]int) ([]string, []int, error) {
	list, err := parseAnnotations(text, classes)
	return list.names, list.labels, err
}
