// Package report writes what the example programs find as Markdown, CSV and pictures, in one style.
package report
