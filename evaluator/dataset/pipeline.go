package dataset

import (
	"context"
	"runtime"
	"sync"
)

// pipeline is an epoch under way. Its slots go round between one goroutine, which takes their batches in order and has
// them filled again, and those that fill them.
type pipeline struct {
	stream  *Stream
	ctx     context.Context
	cancel  context.CancelFunc
	shots   []shot // of the epoch
	slots   []*slot
	todo    chan *slot // to be filled; has room for all
	running sync.WaitGroup
}

// slot is a batch that is filled, used and filled again with other images.
type slot struct {
	shots  []shot // what is to be in it
	batch  Batch
	pixels []uint8 // of the image that is being put into it
	filled chan error
}

// start has the first batches of an epoch prepared.
func (s *Stream) start(ctx context.Context, epoch int) *pipeline {
	workers := min(runtime.GOMAXPROCS(0), s.Batches())
	// Each worker has a batch that it fills and one that is done, and one is in use.
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

// order has a batch of this number prepared, in the slot of the batch len(slots) before.
func (p *pipeline) order(number int) {
	b, size := p.slots[number%len(p.slots)], p.stream.config.Batch
	b.shots = p.shots[number*size : min((number+1)*size, len(p.shots))]
	p.todo <- b
}

// next waits for the batch of this number. They are asked for one after the other; the one before is not in use any more.
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

// stop returns when no goroutine of the pipeline is left.
func (p *pipeline) stop() {
	p.cancel()
	close(p.todo)
	p.running.Wait()
}
