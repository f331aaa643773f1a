package payment

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Money is an amount in the smallest unit of its currency, as Stripe counts: 490 eur is € 4.90, 490 jpy is ¥ 490.
type Money struct {
	Amount   int64
	Currency string // ISO 4217, small letters
}

// Pack is so many tokens for a price.
type Pack struct {
	Tokens int64
	Price  Money
}

// Prices are the packs, the smallest first, all in one currency.
type Prices struct{ Packs []Pack }

// DefaultPrices is what a studio asks that has set nothing.
const DefaultPrices = "5=4.90 15=12.90 45=34.90 EUR"

// whole are the currencies without a smaller unit, thirds those with three decimals, as Stripe lists them.
var (
	whole  = []string{"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
	thirds = []string{"bhd", "jod", "kwd", "omr", "tnd"}
)

var signs = map[string]string{"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥", "krw": "₩", "inr": "₹"}

func decimals(currency string) int {
	switch {
	case slices.Contains(whole, currency):
		return 0
	case slices.Contains(thirds, currency):
		return 3
	}
	return 2
}

// String writes the amount as people read it: "€4.90", "₩4,900", "CHF 12.00".
func (m Money) String() string {
	sign, ok := signs[m.Currency]
	if !ok {
		sign = strings.ToUpper(m.Currency) + " "
	}
	amount, minus := m.Amount, ""
	if amount < 0 {
		amount, minus = -amount, "−"
	}
	n, unit := decimals(m.Currency), int64(1)
	for range n {
		unit *= 10
	}
	text := thousands(amount / unit)
	if n > 0 {
		text += fmt.Sprintf(".%0*d", n, amount%unit)
	}
	return minus + sign + text
}

// Plain writes the amount for machines: "4.90", "490".
func (m Money) Plain() string {
	n, unit := decimals(m.Currency), int64(1)
	for range n {
		unit *= 10
	}
	if n == 0 {
		return strconv.FormatInt(m.Amount, 10)
	}
	return fmt.Sprintf("%d.%0*d", m.Amount/unit, n, m.Amount%unit)
}

func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// ParsePrices reads packs and their currency: "5=4.90 15=12.90 45=34.90 EUR".
func ParsePrices(text string) (Prices, error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return Prices{}, errors.New(`write packs and a currency, such as "` + DefaultPrices + `"`)
	}
	currency := strings.ToLower(words[len(words)-1])
	if len(currency) != 3 || strings.Trim(currency, "abcdefghijklmnopqrstuvwxyz") != "" {
		return Prices{}, fmt.Errorf("%q is no currency; end with its three letters, such as EUR", words[len(words)-1])
	}
	var p Prices
	for _, word := range words[:len(words)-1] {
		count, price, found := strings.Cut(word, "=")
		tokens, err := strconv.ParseInt(count, 10, 32)
		if !found || err != nil {
			return Prices{}, fmt.Errorf("%q is no pack; write tokens=price, such as 5=4.90", word)
		}
		amount, err := parseAmount(price, currency)
		if err != nil {
			return Prices{}, fmt.Errorf("the price of the pack %q: %w", word, err)
		}
		p.Packs = append(p.Packs, Pack{tokens, Money{amount, currency}})
	}
	slices.SortFunc(p.Packs, func(a, b Pack) int { return int(a.Tokens - b.Tokens) })
	return p, p.Check()
}

// mostAmount is Stripe's own limit of eight digits.
const mostAmount = 99_999_999

// parseAmount reads a price with exactly as many decimals as the currency has, or none.
func parseAmount(text, currency string) (int64, error) {
	units, cents, dotted := strings.Cut(text, ".")
	n := decimals(currency)
	if dotted && len(cents) != n || n == 0 && dotted {
		return 0, fmt.Errorf("%q has not the %d decimals of %s", text, n, strings.ToUpper(currency))
	}
	if !dotted {
		cents = strings.Repeat("0", n)
	}
	amount, err := strconv.ParseUint(units+cents, 10, 63)
	if err != nil || amount > mostAmount {
		return 0, fmt.Errorf("%q is no price", text)
	}
	if n == 3 && amount%10 != 0 {
		return 0, fmt.Errorf("%q: Stripe takes %s only with a zero as the last decimal", text, strings.ToUpper(currency))
	}
	return int64(amount), nil
}

// Check reports what is wrong with the packs.
func (p Prices) Check() error {
	if len(p.Packs) == 0 {
		return errors.New("payment: there is no pack to sell")
	}
	for i, pack := range p.Packs {
		switch {
		case pack.Tokens < 1 || pack.Tokens > 10_000:
			return fmt.Errorf("payment: a pack has 1 to 10,000 tokens, not %d", pack.Tokens)
		case i > 0 && pack.Tokens == p.Packs[i-1].Tokens:
			return fmt.Errorf("payment: there are two packs of %d tokens", pack.Tokens)
		case pack.Price.Amount < 1 || pack.Price.Amount > mostAmount:
			return fmt.Errorf("payment: the pack of %d tokens has no possible price", pack.Tokens)
		case pack.Price.Currency != p.Packs[0].Price.Currency:
			return errors.New("payment: all packs have one currency")
		}
	}
	return nil
}
