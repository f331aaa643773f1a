// Package face finds faces, pupils and landmarks with pico cascades, and says what a photo lacks for a good
// portrait. It knows positions only: nothing here can tell one person from another, and nothing is stored.
package face

// Point is a position in pixels of the searched picture; whole numbers are pixel centres.
type Point struct{ X, Y float32 }

// Face is one face that was found.
type Face struct {
	X, Y  float32 // centre of the face's square
	Size  float32 // its side, called S in the styles' parameters
	Score float32 // sum of the overlapping windows' scores; 60 and more is certain, 12 the least
	Tilt  float32 // radians, clockwise, from the line through the pupils

	HasEyes                    bool
	LeftEye, RightEye          Point // pupils; left and right as seen in the picture
	HasMouth                   bool
	Nose, MouthL, MouthR, Chin Point // landmarks; valid where HasMouth
}
