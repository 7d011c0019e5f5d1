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

// jpegFiles lists the paths of JPEG files, in color or gray, with the size of Tiny-ImageNet's images. It implements Source.
type jpegFiles []string

// maxJPEG is the maximum size of a file in bytes; the published ones have a few thousand.
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

// decodeJPEG decodes an image into pixels, channel by channel.
func decodeJPEG(content []byte, pixels []uint8) error {
	// The size is checked before memory is allocated.
	config, err := jpeg.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return err
	}
	if config.Width != tinyShape.Width || config.Height != tinyShape.Height {
		return fmt.Errorf("the image must be %[3]d×%[4]d, got %[1]d×%[2]d", config.Height, config.Width, tinyShape.Height, tinyShape.Width)
	}
	decoded, err := jpeg.Decode(bytes.NewReader(content))
	if err != nil {
		return err
	}
	// Package image/draw converts from any color model, with fast paths for those of JPEG.
	colors := image.NewRGBA(image.Rect(0, 0, tinyShape.Width, tinyShape.Height))
	draw.Draw(colors, colors.Rect, decoded, decoded.Bounds().Min, draw.Src)
	plane := tinyShape.Width * tinyShape.Height
	for i := range plane {
		for c := range tinyShape.Channels {
			pixels[c*plane+i] = colors.Pix[4*i+c]
		}
	}
	return nil
}
