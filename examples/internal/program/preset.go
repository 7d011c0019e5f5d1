package program

import "flag"

// Preset sets flags that the command line does not set, by name. It is called after the command line was read.
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
