module easel/tools

go 1.26.0

require (
	github.com/esimov/pigo v1.4.6
	github.com/evanw/esbuild v0.28.2
	golang.org/x/sys v0.0.0-20220715151400-c0bba94af5f8 // indirect
)
