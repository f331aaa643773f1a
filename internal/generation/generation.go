// Package generation is one run of one thing a studio makes: photo in, queue, drawing, result stored.
package generation
