package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/engine/ingest"
	"easel/engine/raster"
	"easel/internal/account"
	"easel/internal/egress"
	"easel/internal/fault"
	"easel/internal/issuer"
	"easel/internal/policy"
	"easel/internal/queue"
	"easel/internal/sandbox"
	"easel/internal/web/pages"
)

// siteName is what devices show beside a passkey.
const siteName = "Easel"

// federate builds the doors for people who come by an issuer's word or with a passkey.
func (a *App) federate(ctx context.Context, studio *policy.Studio) error {
	c := account.FederationConfig{Small: smaller(sandbox.New(sandbox.Config{Concurrent: 1, Limits: smallLimits}))}
	c.Enqueue = func(ctx context.Context, tx pgx.Tx, args account.PictureArgs) error {
		_, err := a.queue.Insert(ctx, tx, args)
		return err
	}
	own := a.config.SignIn.address()
	if p, _, ok := a.config.SignIn.provider(); ok {
		c.Providers = append(c.Providers, p)
	}
	if a.config.SignIn.Demo {
		p, err := a.pretendIssuer(ctx)
		if err != nil {
			return err
		}
		c.Providers = append(c.Providers, p)
		own = append(own, a.issuer.listener.Addr().String())
	}
	var err error
	gate := egress.Config{Named: map[policy.Role][]string{policy.SignIn: studio.Hosts(policy.SignIn)}, Own: map[policy.Role][]string{policy.SignIn: own}, Log: a.log}
	if c.Gate, err = egress.New(gate); err != nil {
		return err
	}
	if a.federation, err = a.account.Federation(c); err != nil {
		return err
	}
	if !account.PasskeysAt(a.config.PublicURL) {
		a.log.Info("passkeys are off: browsers make them only for a name with https, or for http://localhost", slog.String("address", a.config.PublicURL.String()))
		return nil
	}
	a.passkeys, err = a.account.Passkeys(siteName)
	return err
}

// pretended is the issuer for trying out, with its own listener.
type pretended struct {
	listener net.Listener
	server   *http.Server
}

// pretendIssuer builds the issuer that lets anybody be anybody, on the port after our own if that is free: its address is
// part of who people are.
func (a *App) pretendIssuer(ctx context.Context) (account.Provider, error) {
	const secret = "pretended" // it protects nothing
	host, port, err := net.SplitHostPort(a.config.Address)
	if err != nil {
		return account.Provider{}, err
	}
	next := "0"
	if n, err := strconv.Atoi(port); err == nil && n > 0 && n < 65535 {
		next = strconv.Itoa(n + 1)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	l, err := listen(ctx, net.JoinHostPort(host, next))
	if err != nil && next != "0" {
		l, err = listen(ctx, net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return account.Provider{}, err
	}
	at := &url.URL{Scheme: "http", Host: l.Addr().String()}
	i, err := issuer.New(issuer.Config{URL: at, ClientID: "easel", Secret: secret, Back: a.config.PublicURL.JoinPath("/sign-in/back").String()})
	if err != nil {
		return account.Provider{}, errors.Join(err, l.Close())
	}
	a.issuer = &pretended{l, &http.Server{Handler: i, ReadHeaderTimeout: stopping, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}}
	a.log.Warn("sign-ins are pretended: anybody on this machine can be anybody", slog.String("issuer", at.String()))
	return account.Provider{ID: "demo", Title: "Demo", Issuer: at.String(), ClientID: "easel", Secret: secret}, nil
}

// pretendSignIns serves the pretended issuer, if there is one.
func (a *App) pretendSignIns(ctx context.Context) error {
	if a.issuer == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	stop := context.AfterFunc(ctx, func() { _ = a.issuer.server.Close() })
	defer stop()
	if err := a.issuer.server.Serve(a.issuer.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the pretended issuer: %w", err)
	}
	return nil
}

// closeIssuer ends an issuer that was never served.
func (a *App) closeIssuer() error {
	if a.issuer == nil {
		return nil
	}
	if err := a.issuer.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// fetch says who works the jobs about people's pictures.
func (a *App) fetch(workers *queue.Workers) {
	queue.Add(workers, account.PictureTimeout, a.federation.FetchPicture)
}

// doors puts the doors into the pages.
func (a *App) doors(c *pages.Config) {
	c.OwnPicture = a.account
	if a.passkeys != nil {
		c.Passkeys = a.passkeys
	}
	if all := a.federation.Providers(); len(all) > 0 {
		c.Federation = a.federation
		for _, p := range all {
			c.Others = append(c.Others, pages.SignIn{Title: p.Title, URL: pages.WithURL(p.ID)})
		}
	}
}

// Measures of a person's small picture.
const (
	smallSide    = 192
	smallQuality = 85
	smallWait    = 60 * time.Second
)

// smallLimits are those of a picture that an issuer gives: many are smaller than a photo may be.
var smallLimits = ingest.Limits{Bytes: 4 << 20, Pixels: 25_000_000, Side: 8000, MinSide: 16, Scans: 64}

// smaller returns what makes an untrusted file a small square JPEG that holds pixels and nothing else: it is opened in a
// child process, like every photo.
func smaller(d *sandbox.Decoder) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, data []byte) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, smallWait)
		defer cancel()
		picture, err := d.Decode(ctx, data)
		var refused *ingest.Refusal
		if errors.As(err, &refused) {
			return nil, fault.Wrap(err, fault.Refused, refused.Say)
		}
		if err != nil {
			return nil, err
		}
		b := picture.Image.Bounds()
		side := min(b.Dx(), b.Dy())
		square := image.NewNRGBA(image.Rect(0, 0, side, side))
		draw.Draw(square, square.Bounds(), picture.Image, b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2)), draw.Src)
		to := min(side, smallSide)
		var out bytes.Buffer
		if err := ingest.EncodeJPEG(&out, raster.ResizeNRGBA(ctx, square, to, to), smallQuality); err != nil {
			return nil, fmt.Errorf("write a small picture: %w", err)
		}
		return out.Bytes(), ctx.Err()
	}
}
