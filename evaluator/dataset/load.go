package dataset

import (
	"context"
	"fmt"
	"iter"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Load returns the same set with its images in memory, which takes Len() × Shape().Size() bytes. Use it for sets that are read
// repeatedly, such as a small part of Tiny-ImageNet. It reads on all processors. If the set is already in memory, Load returns s.
func (s *Set) Load(ctx context.Context) (*Set, error) {
	if _, ok := s.source.(memory); ok {
		return s, nil
	}
	size := s.shape.Size()
	pixels := make([]uint8, s.Len()*size)
	err := s.each(ctx, func(images iter.Seq[int]) error {
		for i := range images {
			if err := s.Read(i, pixels[i*size:(i+1)*size]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("loading images: %w", err)
	}
	return NewSet(s.shape, s.classes, pixels, s.labels)
}

// imagesAtATime is the number of consecutive images in one call of each's work.
const imagesAtATime = 256

// each calls work in parallel for runs of consecutive images that together cover the set. After an error, or if ctx ends, all runs
// end before their next image.
func (s *Set) each(ctx context.Context, work func(images iter.Seq[int]) error) error {
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for first := 0; first < s.Len() && running.Err() == nil; first += imagesAtATime {
		group.Go(func() error {
			return work(func(yield func(int) bool) {
				for i := first; i < min(first+imagesAtATime, s.Len()) && running.Err() == nil && yield(i); i++ {
				}
			})
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
