package dataset

import (
	"context"
	"runtime"
	"sync"
)

// pipeline is a running epoch. Its slots circulate between the consumer, which uses their batches in order and requests new ones,
// and the workers that fill them.
type pipeline struct {
	stream  *Stream
	ctx     context.Context
	cancel  context.CancelFunc
	shots   []shot // all shots of the epoch
	slots   []*slot
	todo    chan *slot // slots to fill; its buffer has room for all
	running sync.WaitGroup
}

// slot holds a batch. It is filled, used and filled again with other images.
type slot struct {
	shots  []shot // the shots of its batch
	batch  Batch
	pixels []uint8 // buffer for the current image
	filled chan error
}

// start starts the workers and requests the first batches of an epoch.
func (s *Stream) start(ctx context.Context, epoch int) *pipeline {
	workers := min(runtime.GOMAXPROCS(0), s.Batches())
	// For each worker, one batch is being filled and one is ready; one more is in use.
	p := &pipeline{stream: s, shots: s.plan(epoch), slots: make([]*slot, min(2*workers+1, s.Batches()))}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.todo = make(chan *slot, len(p.slots))
	for number := range p.slots {
		p.slots[number] = s.newSlot()
		p.order(number)
	}
	for range workers {
		p.running.Go(func() {
			for b := range p.todo {
				b.filled <- s.fill(p.ctx, b)
			}
		})
	}
	return p
}

// order requests the batch with this number, in the slot of the batch len(slots) before.
func (p *pipeline) order(number int) {
	b, size := p.slots[number%len(p.slots)], p.stream.config.Batch
	b.shots = p.shots[number*size : min((number+1)*size, len(p.shots))]
	p.todo <- b
}

// next waits for the batch with this number. Batches must be requested in order, and the previous
// one must no longer be in use.
func (p *pipeline) next(number int) (Batch, error) {
	if before := number - 1; before >= 0 && before+len(p.slots) < p.stream.Batches() {
		p.order(before + len(p.slots))
	}
	b := p.slots[number%len(p.slots)]
	if err := <-b.filled; err != nil {
		return Batch{}, err
	}
	return b.batch, p.ctx.Err()
}

// stop ends the workers and waits for them.
func (p *pipeline) stop() {
	p.cancel()
	close(p.todo)
	p.running.Wait()
}
