package payment_test

import (
	"testing"

	"easel/internal/payment"
	"easel/internal/payment/paymenttest"
)

func TestMain(m *testing.M) { paymenttest.Main(m) }

func TestMoneyReadsAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]payment.Money{
		"€4.90": {Amount: 490, Currency: "eur"}, "$1,234.05": {Amount: 123405, Currency: "usd"}, "₩4,900": {Amount: 4900, Currency: "krw"},
		"CHF 12.00": {Amount: 1200, Currency: "chf"}, "KWD 1.250": {Amount: 1250, Currency: "kwd"}, "£0.05": {Amount: 5, Currency: "gbp"}, "−€1.00": {Amount: -100, Currency: "eur"},
	} {
		if got := m.String(); got != want {
			t.Errorf("%+v reads %q, want %q", m, got, want)
		}
	}
}

func TestPricesAreReadStrictly(t *testing.T) {
	t.Parallel()
	p, err := payment.ParsePrices("45=34.90 5=4.90 15=12.90 eur")
	if err != nil || len(p.Packs) != 3 || p.Packs[0] != (payment.Pack{Tokens: 5, Price: payment.Money{Amount: 490, Currency: "eur"}}) {
		t.Errorf("read %+v, %v", p, err)
	}
	if p, err := payment.ParsePrices("5=4900 KRW"); err != nil || p.Packs[0].Price.Amount != 4900 {
		t.Errorf("in a currency without decimals: %+v, %v", p, err)
	}
	for _, text := range []string{"", "EUR", "5=4.90", "5=4.9 EUR", "5=4.905 EUR", "5=49.00 JPY", "5=-1.00 EUR", "5=4.90 5=5.90 EUR", "0=1.00 EUR", "5=0 EUR", "5:4.90 EUR", "5=4.90 EURO", "5=1.255 KWD", "5=+4.90 EUR", "5=1234567890.00 EUR"} {
		if p, err := payment.ParsePrices(text); err == nil {
			t.Errorf("%q is read as %+v, want a refusal", text, p)
		}
	}
}

func FuzzParsePrices(f *testing.F) {
	f.Add(payment.DefaultPrices)
	f.Add("5=4900 KRW")
	f.Add("1=. A=B")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := payment.ParsePrices(text)
		if err == nil && p.Check() != nil {
			t.Errorf("%q was read with a mistake: %v", text, p.Check())
		}
	})
}
