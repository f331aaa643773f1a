package app

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/internal/postgres/pgtest"
	"easel/studios"
)

func TestPretendedPaymentsStayOnThisMachine(t *testing.T) {
	t.Parallel()
	if c, err := read(map[string]string{"EASEL_PAYMENTS": "demo"}); err != nil || !c.Sales.Demo {
		t.Errorf("on this machine: %v", err)
	}
	for name, env := range map[string]map[string]string{
		"every address":      {"EASEL_ADDRESS": ":8080"},
		"an address outside": {"EASEL_ADDRESS": "192.0.2.1:8080"},
		"a public name":      {"EASEL_PUBLIC_URL": "https://easel.example"},
		"a key as well":      {"EASEL_STRIPE_KEY": "sk_test_1"},
	} {
		env["EASEL_PAYMENTS"] = "demo"
		if _, err := read(env); err == nil || !strings.Contains(err.Error(), "EASEL_PAYMENTS") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, value := range map[string]string{"EASEL_PAYMENTS": "yes", "EASEL_PRICES": "5=4.9 EUR", "EASEL_STRIPE_WEBHOOK_SECRET": "whsec_1", "EASEL_THROWAWAY_DOMAINS": filepath.Join(t.TempDir(), "none")} {
		if _, err := read(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
}

// TestStripeHasToBeNamedInThePolicy is R1: whoever receives something about people is in the policy, or nothing starts.
func TestStripeHasToBeNamedInThePolicy(t *testing.T) {
	t.Parallel()
	config, err := read(map[string]string{"EASEL_DATA": t.TempDir(), "DATABASE_URL": pgtest.Address(t), "EASEL_ADDRESS": "127.0.0.1:0",
		"EASEL_STRIPE_KEY": "sk_test_1", "EASEL_STRIPE_WEBHOOK_SECRET": "whsec_1 whsec_2"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(t.Context(), config, pgtest.Log(t))
	if err == nil || !strings.Contains(err.Error(), "api.stripe.com") || !strings.Contains(err.Error(), "recipients") {
		t.Fatalf("without it the program starts: %v", err)
	}
	config.Studios = t.TempDir()
	text, err := studios.Files().Open("portrait.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	var b strings.Builder
	if _, err := io.Copy(&b, text); err != nil {
		t.Fatal(err)
	}
	const named = `recipients:
  - name: Stripe
    role: payment
    hosts: [api.stripe.com, checkout.stripe.com]
    data: [order]
    receives: which pack is bought, and what you type on its own page
    why: to take payments for tokens
`
	whole := strings.Replace(b.String(), "recipients: []\n", named, 1)
	if err := os.WriteFile(filepath.Join(config.Studios, "portrait.yaml"), []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), config, pgtest.Log(t))
	if err != nil {
		t.Fatalf("with it: %v", err)
	}
	if !a.payment.Open() || !a.payment.Hooked() || a.payment.Terms().Demo {
		t.Error("payments are not set up")
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
