package dataset

// shot is what an epoch shows of an image.
type shot struct {
	image       int
	down, right int // by so much its content is shifted up and left, and what is further down and right comes in
	flip        bool
}

// plan returns the shots of an epoch, in their order. All that is random is decided here, by one goroutine, so that it does
// not matter who prepares which batch and when.
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
