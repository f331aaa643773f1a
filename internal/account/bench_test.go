package account_test

import (
	"fmt"
	"net/netip"
	"testing"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
)

// BenchmarkFind is what every request of somebody who is signed in begins with.
func BenchmarkFind(b *testing.B) {
	s := accounttest.New(b, pgtest.New(b))
	token, _ := accounttest.SignIn(b, s)
	for b.Loop() {
		if _, ok, err := s.Find(b.Context(), token); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// BenchmarkSignIn is a wrong password at the cost that a server has.
func BenchmarkSignIn(b *testing.B) {
	db := pgtest.New(b)
	config := accounttest.Config()
	config.Hashing = account.DefaultHashing
	s, err := account.New(config, db, accounttest.Vault(b, db), &accounttest.Post{}, pgtest.Log(b))
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ { // from ever another network, so that each try is judged
		c := account.Client{Address: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})}
		if _, err := s.SignIn(b.Context(), fmt.Sprintf("nobody%d@example.com", i), "not the password", c); !fault.Is(err, fault.Denied) {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckPassword is the judging of long passwords, which must not become an attack.
func BenchmarkCheckPassword(b *testing.B) {
	for name, password := range map[string]string{
		"words":     "correct horse battery staple and many more words that do not belong together at all, up to the end of it",
		"a machine": "4@8({[<369!1|0$5+7%2k4z@8x({[q<369w!1|m0$5+7%2v",
		"dates":     "1.1.11 2.2.22 3.3.33 4.4.44 5.5.55 6.6.66 7.7.77 8.8.88",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = account.CheckPassword(password, "ada.lovelace@example.com", "Ada Lovelace")
			}
		})
	}
}
