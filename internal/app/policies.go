package app

import (
	"errors"
	"net/url"
	"time"

	"easel/internal/payment"
	"easel/internal/policy"
	"easel/studios"
)

// declare reads the policy files, once, and refuses what a server that is set up like this could not keep of them.
func (a *App) declare() (portrait *policy.Studio, err error) {
	if a.studios, err = studios.Open(a.config.Studios); err != nil {
		return nil, err
	}
	setup := policy.Setup{Public: !a.config.Local(), Ways: a.config.ways(), Now: time.Now()}
	if err := policy.Refuse(a.studios, setup); err != nil {
		return nil, err
	}
	if portrait = a.live("portrait"); portrait == nil {
		return nil, errors.New("no policy file declares the portrait studio as live; see EASEL_STUDIOS in `easel help config`")
	}
	return portrait, nil
}

// live returns a studio that is served, or nil.
func (a *App) live(name string) *policy.Studio {
	if s := studios.Named(a.studios, name); s != nil && s.Status == policy.Live {
		return s
	}
	return nil
}

// ways are the hosts that the settings lead to, all of which a policy has to name unless they are on this machine.
func (c Config) ways() (all []policy.Way) {
	add := func(role policy.Role, setting, studio string, hosts ...string) {
		for _, host := range hosts {
			all = append(all, policy.Way{Role: role, Host: host, Setting: setting, Studio: studio})
		}
	}
	add(policy.Database, "DATABASE_URL", "", c.postgres().Hosts()...)
	add(policy.Mail, "EASEL_SMTP_URL", "", c.Mail.Hosts()...)
	add(policy.Bucket, "EASEL_BUCKET", "", bucketHosts(c.Bucket)...)
	if at := c.Storage.Service.Endpoint(); at != nil {
		add(policy.Keys, "EASEL_SERVER_KEY_SERVICE", "", at.Hostname())
	}
	if c.Sales.Key != "" && !c.Sales.Demo {
		add(policy.Payment, "EASEL_STRIPE_KEY", "", payment.Host)
	}
	if len(c.Sales.Codes.Packs) > 0 && !c.Sales.Demo {
		add(policy.Payment, "EASEL_CODE_PRICES", "cutout", payment.Host)
	}
	if _, hosts, ok := c.SignIn.provider(); ok {
		add(policy.SignIn, "EASEL_OIDC", "", hosts...)
	}
	return all
}

// bucketHosts are the hosts that a bucket's address leads to; none for one on this machine.
func bucketHosts(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" {
		return nil
	}
	if at, err := url.Parse(u.Query().Get("endpoint")); err == nil && at.Hostname() != "" {
		return []string{at.Hostname()}
	}
	return []string{"s3." + u.Query().Get("region") + ".amazonaws.com"}
}
