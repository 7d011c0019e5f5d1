package dataset

// shot is one use of an image in an epoch.
type shot struct {
	image       int
	down, right int // how far the visible window moves down and right, so that the content moves up and left
	flip        bool
}

// plan returns the shots of an epoch in order. All random decisions are made here, in one goroutine, so that the result does not
// depend on which worker prepares which batch.
func (s *Stream) plan(epoch int) []shot {
	rng := domain.Stream(s.config.Seed, epoch, forEpoch)
	shots := make([]shot, s.set.Len())
	for i := range shots {
		shots[i].image = i
	}
	if s.config.Shuffle {
		rng.Shuffle(len(shots), func(i, j int) { shots[i], shots[j] = shots[j], shots[i] })
	}
	for i := range shots {
		if pad := s.config.Pad; pad > 0 {
			shots[i].down, shots[i].right = rng.IntN(2*pad+1)-pad, rng.IntN(2*pad+1)-pad
		}
		if s.config.Flip {
			shots[i].flip = rng.IntN(2) == 1
		}
	}
	return shots
}
