package dataset

import (
	"context"
	"fmt"
	"iter"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Load returns the same set with its images in memory, Len() × Shape().Size() bytes, for what is read again and again:
// a small part of Tiny-ImageNet, for instance. It reads on all processors. It returns the set itself where that is in
// memory already.
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

// imagesAtATime is how many images follow one another on one goroutine of each.
const imagesAtATime = 256

// each calls work for runs of images that together are all images, several at a time. When one has failed or ctx has ended,
// the runs end before their next image.
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
