package program

import "flag"

// Preset sets flags by name, except those that the command line sets. Call it after the command line has been parsed.
func Preset(flags *flag.FlagSet, settings map[string]string) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range settings {
		if given[name] {
			continue
		}
		if err := flags.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}
