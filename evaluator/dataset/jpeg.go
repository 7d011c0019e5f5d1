package dataset

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"os"
)

// jpegFiles are the paths of images in colour or grey, of the size of Tiny-ImageNet's.
type jpegFiles []string

// maxJPEG is the most bytes of a file; the published ones have some thousands.
const maxJPEG = 1 << 20

func (files jpegFiles) Read(i int, pixels []uint8) error {
	file, err := os.Open(files[i])
	if err != nil {
		return fmt.Errorf("opening an image: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxJPEG+1))
	if err != nil {
		return err
	}
	if len(content) > maxJPEG {
		return fmt.Errorf("%s has more than %d bytes", files[i], maxJPEG)
	}
	if err := decodeJPEG(content, pixels); err != nil {
		return fmt.Errorf("%s: %w", files[i], err)
	}
	return nil
}

// decodeJPEG puts an image into pixels, channel after channel.
func decodeJPEG(content []byte, pixels []uint8) error {
	// The size is checked before there is memory for it.
	config, err := jpeg.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return err
	}
	if config.Width != tinyShape.Width || config.Height != tinyShape.Height {
		return fmt.Errorf("an image of %d×%d, not %d×%d", config.Height, config.Width, tinyShape.Height, tinyShape.Width)
	}
	decoded, err := jpeg.Decode(bytes.NewReader(content))
	if err != nil {
		return err
	}
	// Package draw converts from any model of colours, and knows those of JPEG well.
	colours := image.NewRGBA(image.Rect(0, 0, tinyShape.Width, tinyShape.Height))
	draw.Draw(colours, colours.Rect, decoded, decoded.Bounds().Min, draw.Src)
	plane := tinyShape.Width * tinyShape.Height
	for i := range plane {
		for c := range tinyShape.Channels {
			pixels[c*plane+i] = colours.Pix[4*i+c]
		}
	}
	return nil
}
