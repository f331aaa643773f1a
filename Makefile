# Easel. `make` lists what there is to do.

export PATH := $(CURDIR)/.cache/debian/bin:$(PATH)

# Codecs never load a library of the machine behind our back.
TAGS    := nodynamic
GOFLAGS := -buildvcs=false
export GOFLAGS

UI       := internal/web/ui
CASCADES := engine/face/cascade
.DELETE_ON_ERROR:

.PHONY: help run test programs assets build gallery bench pairs lint fresh clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## Install what is missing, build, and start Easel
	@scripts/needs check run
	@$(MAKE) --no-print-directory --jobs=4 programs build
	@exec bin/easel serve

test: ## Install what the tests need and run all of them
	@scripts/needs check test
	@scripts/needs test
	@GOGC=400 $(MAKE) --no-print-directory --jobs=4 assets .cache/bin/stripe-mock .cache/bin/versitygw
	@TAGS=$(TAGS) scripts/test

build: assets .cache/libraries ## Build bin/easel, the whole program
	@go build -tags $(TAGS) -o bin/easel ./cmd/easel

assets: $(CASCADES)/facefinder $(UI)/dist/manifest.json ## Make everything generated: scripts, styles, fonts, face cascades

programs:
	@scripts/needs run

# What others wrote needs nothing generated: it is compiled while that is fetched and made.
LIBRARY := {{with .Module}}{{if not .Main}}{{$$.ImportPath}}{{end}}{{end}}
.cache/libraries: go.sum
	@mkdir -p .cache
	@go build -tags $(TAGS) $$(go list -e -deps -tags $(TAGS) -f '$(LIBRARY)' ./cmd/easel)
	@touch $@

GENERATORS := .cache/bin/assets .cache/bin/cascades
$(GENERATORS) &: tools/go.sum $(wildcard tools/assets/*.go tools/cascades/*.go)
	@mkdir -p .cache/bin
	@cd tools && go build -o ../.cache/bin/ ./assets ./cascades
	@touch $(GENERATORS)

# Stripe's own mock, which judges each request that tests make.
.cache/bin/stripe-mock: tools/go.sum
	@mkdir -p .cache/bin
	@cd tools && go build -o ../.cache/bin/stripe-mock github.com/stripe/stripe-mock

# An S3 server, for tests of buckets. It takes some minutes, once.
.cache/bin/versitygw: tools/s3/go.sum
	@mkdir -p .cache/bin
	@cd tools/s3 && CGO_ENABLED=0 go build -o ../../.cache/bin/versitygw github.com/versity/versitygw/cmd/versitygw

$(CASCADES)/facefinder: .cache/bin/cascades
	@cd tools && ../.cache/bin/cascades ../$(CASCADES)

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json
	@cd $(UI) && npm ci --silent --no-progress
	@touch $@

$(UI)/dist/manifest.json: $(UI)/node_modules/.package-lock.json .cache/bin/assets go.sum $(shell find $(UI)/src -type f)
	@.cache/bin/assets -ui $(UI) -root . -tags $(TAGS)
	@touch $@

gallery: assets ## Draw the test photos in every style into one page beside other programs: GALLERY=folder
	@TAGS=$(TAGS) scripts/gallery $(GALLERY)

bench: assets ## Measure every kernel, style and codec
	@go test -tags $(TAGS) -run '^$$' -bench . -benchmem -timeout 60m ./...

pairs: ## Measure cutouts against true outlines, beside OpenCV's GrabCut: PAIRS=folder
	@mkdir -p $(or $(PAIRS),.cache/outlines)
	@EASEL_PAIRS=$(abspath $(or $(PAIRS),.cache/outlines)) go test -tags $(TAGS) -run TestPairsReport -v -timeout 60m ./engine/matting

lint: assets ## Run the linters of .golangci.yml
	@scripts/lint

fresh: ## Prove the two commands in a minimal Debian, as root and as an ordinary user
	@scripts/fresh

clean: ## Remove what was made, and nothing that was kept
	@rm -rf bin $(UI)/node_modules
	@find $(CASCADES) $(UI)/dist -type f ! -name .gitkeep -delete
