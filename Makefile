# Easel. `make` lists what there is to do.

export PATH := $(CURDIR)/.cache/debian/bin:$(PATH)

# Codecs never load a library of the machine behind our back.
TAGS    := nodynamic
GOFLAGS := -buildvcs=false
export GOFLAGS

UI       := internal/web/ui
CASCADES := engine/face/cascade
STAMPS   := .cache/stamps

.PHONY: help run test assets build gallery bench lint fresh clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## Install what is missing, build, and start Easel
	@scripts/needs run
	@$(MAKE) --no-print-directory build
	@exec bin/easel serve

test: ## Install what the tests need and run all of them
	@scripts/needs test
	@$(MAKE) --no-print-directory assets
	@TAGS=$(TAGS) scripts/test

build: assets ## Build bin/easel, the whole program
	@go build -tags $(TAGS) -trimpath -o bin/easel ./cmd/easel

assets: $(STAMPS)/cascades $(STAMPS)/ui ## Make everything generated: scripts, styles, fonts, face cascades

$(STAMPS)/cascades: tools/go.sum $(wildcard tools/cascades/*.go)
	@mkdir -p $(STAMPS)
	@cd tools && go run ./cascades ../$(CASCADES)
	@touch $@

$(STAMPS)/node: $(UI)/package-lock.json
	@mkdir -p $(STAMPS)
	@cd $(UI) && npm ci --silent --no-progress
	@touch $@

$(STAMPS)/ui: $(STAMPS)/node tools/go.sum $(wildcard tools/assets/*.go) $(shell find $(UI)/src -type f)
	@cd tools && go run ./assets
	@touch $@

gallery: assets ## Draw the test photos in every style, for the eye: GALLERY=folder
	@EASEL_GALLERY=$${GALLERY:-$(CURDIR)/.cache/gallery} go test -tags $(TAGS) -count=1 -timeout 60m -run Gallery ./engine/...

bench: assets ## Measure every kernel, style and codec
	@go test -tags $(TAGS) -run '^$$' -bench . -benchmem -timeout 60m ./...

lint: assets ## Run the linters of .golangci.yml
	@scripts/lint

fresh: ## Prove the two commands in a minimal Debian, as root and as an ordinary user
	@scripts/fresh

clean: ## Remove what was made, and nothing that was kept
	@rm -rf bin .cache/stamps $(UI)/node_modules
	@find $(CASCADES) $(UI)/dist -type f ! -name .gitkeep -delete
