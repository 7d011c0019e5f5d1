// Package report writes the results of the example programs as Markdown, CSV and pictures, in a
// common style.
package report
