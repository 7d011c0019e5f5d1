package dataset

import (
	"context"
	"slices"
)

func (s *Stream) newSlot() *slot {
	n, size := min(s.config.Batch, s.set.Len()), s.set.shape.Size()
	return &slot{
		batch: Batch{
			Images:  make([]float32, n*size),
			Labels:  make([]int, n),
			Indices: make([]int, n),
		},
		pixels: make([]uint8, size),
		filled: make(chan error, 1),
	}
}

// fill computes the batch of a slot from its shots.
func (s *Stream) fill(ctx context.Context, b *slot) error {
	n, size := len(b.shots), s.set.shape.Size()
	b.batch = Batch{b.batch.Images[:n*size], b.batch.Labels[:n], b.batch.Indices[:n]}
	for i, shot := range b.shots {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.set.Read(shot.image, b.pixels); err != nil {
			return err
		}
		s.draw(b.batch.Images[i*size:(i+1)*size], b.pixels, shot)
		b.batch.Labels[i] = s.set.labels[shot.image]
		b.batch.Indices[i] = shot.image
	}
	return nil
}

// draw normalizes an image, after shifting and mirroring it according to the shot.
func (s *Stream) draw(image []float32, pixels []uint8, shot shot) {
	height, width := s.set.shape.Height, s.set.shape.Width
	// In a row of the result, columns first to end−1 show the image; the others are padding.
	first, end := max(0, -shot.right), min(width, width-shot.right)
	for c := range s.tables {
		table := &s.tables[c]
		black := table[0]
		for y := range height {
			row := image[(c*height+y)*width:][:width]
			from := y + shot.down
			if from < 0 || from >= height {
				paint(row, black)
				continue
			}
			source := pixels[(c*height+from)*width:][:width]
			paint(row[:first], black)
			for x, p := range source[first+shot.right : end+shot.right] {
				row[first+x] = table[p]
			}
			paint(row[end:], black)
			if shot.flip {
				slices.Reverse(row)
			}
		}
	}
}

func paint(row []float32, value float32) {
	for x := range row {
		row[x] = value
	}
}
