package postgres_test

import (
	"maps"
	"slices"
	"testing"
)

// definers are the functions that run with another role's rights, each with why it has to and what it can tell or change
// about somebody else than who calls it. A new one is not made lightly: it is explained here.
var definers = map[string]string{
	"easel.account_admins":            "counts those who run the place; tells no ids",
	"easel.account_challenge_expire":  "deletes ceremonies whose time is over",
	"easel.account_challenge_make":    "begins a ceremony of somebody who may not be known yet",
	"easel.account_challenge_take":    "ends a ceremony, for whoever holds what only its browser has",
	"easel.account_expire":            "deletes sessions, links and counts of everybody whose time is over",
	"easel.account_give_back":         "returns one try to a digest; tells nothing",
	"easel.account_identity_find":     "says whose an issuer's word is, by a keyed digest; tells an id",
	"easel.account_key_count":         "adds up what many people's keys were used for in one statement; tells nothing",
	"easel.account_key_find":          "says whose key has a digest, which only the holder of the key can make",
	"easel.account_key_forget":        "deletes old counts and revoked keys of everybody; tells how many",
	"easel.account_link_look":         "says what a letter's link is for, to whoever holds it",
	"easel.account_link_make":         "keeps a link of a letter, also to somebody who has no account yet",
	"easel.account_link_spend":        "spends a letter's link, for whoever holds it",
	"easel.account_mail_find":         "says whose address has a keyed digest, with the hash to compare a password with",
	"easel.account_passkey_find":      "says whose passkey has a digest; tells an id",
	"easel.account_raise":             "makes somebody one who runs the place: at the machine, or the first one",
	"easel.account_runners":           "lists ids of those who run the place, so that they can be written to as themselves",
	"easel.account_session_end":       "ends the session whose token the caller holds",
	"easel.account_session_find":      "says whose session has a digest, which only its browser can make",
	"easel.account_staff_list":        "lists accounts without personal data to those who run the place, to others nothing",
	"easel.account_staff_person":      "shows the one person whom an audited session is about, sealed as it is",
	"easel.account_take":              "counts a try of a digest before anybody is known",
	"easel.account_unreachable":       "lists ids of accounts that nobody can come to any more, to be deleted as themselves",
	"easel.audit_add":                 "adds a line to the log that nobody may write otherwise; checks who calls",
	"easel.audit_close":               "ends a session of the caller's",
	"easel.audit_expire":              "deletes sessions that are over",
	"easel.audit_list":                "reads the log to those who run the place, to others nothing",
	"easel.audit_open":                "opens a session about one person and writes it down, for those who run the place",
	"easel.audit_staff":               "says whether the caller runs the place",
	"easel.audit_subject":             "says whom the transaction's session is about; null without one",
	"easel.generation_expire":         "deletes rows whose time is over; tells how many",
	"easel.generation_lost":           "lists ids of runs that nobody works on, for the patrol that takes them up as their owners",
	"easel.generation_overdue":        "lists ids of unfinished runs whose photo's time is over, to be ended as their owners",
	"easel.generation_waits":          "counts how many runs come before the ones named and how long they take; tells no other ids",
	"easel.generation_request_expire": "deletes names of requests whose time is over",
	"easel.generation_staff_run":      "says whose a finished portrait is, to those who run the place, so that its owner can be asked about it",
	"easel.ledger_buy":                "puts an order's tokens into the caller's purse; the caller may write none",
	"easel.ledger_capture":            "takes what is held for the caller's run",
	"easel.ledger_close":              "removes the caller's lots that are over and empty",
	"easel.ledger_dispute":            "freezes, thaws or takes an order's tokens in the caller's purse",
	"easel.ledger_due":                "lists ids of people whose lots are over, to be closed as themselves",
	"easel.ledger_expire":             "ends the caller's lots whose time is over",
	"easel.ledger_forget":             "removes what is known of an order whose time to be kept is over",
	"easel.ledger_grant":              "gives the caller tokens once for each key",
	"easel.ledger_held":               "lists ids of runs for which tokens have been held for long",
	"easel.ledger_hold":               "sets the caller's tokens aside for runs",
	"easel.ledger_keep_lot":           "a trigger: what a lot was is written down as it goes",
	"easel.ledger_leave":              "removes the caller's list of gifts",
	"easel.ledger_order_now":          "says how an order's tokens stand: the caller's, or one whose lot has gone and is nobody's",
	"easel.ledger_refund":             "takes an order's unspent tokens out of the caller's purse",
	"easel.ledger_release":            "gives back what is held for the caller's run",
	"easel.ledger_soon":               "lists ids of people whose lots end soon, to be told as themselves",
	"easel.ledger_staff_events":       "reads what happened in the purse of the one whom a session of the audit log is about",
	"easel.ledger_staff_lots":         "reads the lots of the one whom a session of the audit log is about",
	"easel.ledger_warn":               "notes that the caller was told of lots that end soon",
	"easel.mail_expire":               "deletes letters whose time is over",
	"easel.mail_failed":               "notes that a letter did not arrive",
	"easel.mail_list":                 "lists letters by kind and time: neither to whom nor what",
	"easel.mail_read":                 "shows a kept letter to one who runs the place, and writes down that it did",
	"easel.mail_sent":                 "deletes a letter that has been sent",
	"easel.mail_slip":                 "says how a letter stands: neither to whom nor what",
	"easel.mail_take":                 "hands a waiting letter, sealed, to the job that sends it",
	"easel.mail_write":                "keeps a letter, also to somebody who has no account yet",
	"easel.payment_event_done":        "notes that the provider's message was worked",
	"easel.payment_event_left":        "lists messages of the provider that wait; ids only",
	"easel.payment_event_read":        "reads one of the provider's messages; ids only",
	"easel.payment_event_take":        "keeps a message of the provider, once",
	"easel.payment_forget":            "deletes orders and messages whose time to be kept is over",
	"easel.payment_order_attach":      "says once which checkout is an order's",
	"easel.payment_order_claim":       "holds an order's row for whoever writes it next",
	"easel.payment_order_due":         "lists orders about which the provider has to be asked; ids only",
	"easel.payment_order_find":        "says which order one of the provider's ids belongs to, before anybody is known",
	"easel.payment_order_lapse":       "ends orders that nobody paid in time",
	"easel.payment_order_left":        "reads an order whose account is gone: it is nobody's",
	"easel.payment_order_open":        "writes the caller's new order, which the caller may not",
	"easel.payment_order_write":       "writes what the provider says of an order",
	"easel.payment_refund_ask":        "writes down a refund before the provider is asked for it",
	"easel.payment_refund_done":       "writes down what became of a refund",
	"easel.payment_refund_left":       "lists refunds that were not finished; ids only",
	"easel.payment_refund_read":       "reads a refund for the job that carries it out",
	"easel.payment_staff_find":        "finds orders for those who run the place, to others none",
	"easel.payment_staff_refunds":     "lists an order's refunds to those who run the place, to others none",
	"easel.rights_erasable":           "lists ids of requests whose time is over, to be deleted as their subjects",
	"easel.rights_expire":             "deletes requests that nobody confirmed in time",
	"easel.rights_pending_look":       "shows a request that waits to be confirmed, to whoever holds its letter",
	"easel.rights_pending_make":       "keeps a request of somebody without an account until its letter is opened",
	"easel.rights_pending_spend":      "hands a request over to whoever holds its letter, once",
	"easel.rights_permission_find":    "says which question a letter asks, to whoever holds it",
	"easel.rights_staff_permissions":  "lists questions about pictures to those who run the place, to others none; nothing personal",
	"easel.rights_staff_read":         "shows the words of a request, sealed as they are, whose subject an audited session is about",
	"easel.rights_staff_requests":     "lists requests by kind and time to those who run the place, to others none; nothing personal",
	"easel.rights_staff_steps":        "shows the steps of a request, sealed as they are, whose subject an audited session is about",
	"easel.rights_waiting":            "lists ids of requests that are due, so that the staff are reminded",
	"easel.unlock_back":               "gives back uses of codes that were not finished in time; codes are nobody's",
	"easel.unlock_begin":              "takes one use of a code, for whoever holds it",
	"easel.unlock_end":                "finishes a use of a code",
	"easel.unlock_forget":             "removes batches of codes a month after their end",
	"easel.unlock_list":               "lists batches of codes, which belong to nobody",
	"easel.unlock_mint":               "keeps the digests of new codes",
	"easel.unlock_void":               "makes a batch of codes worthless",
	"easel.vault_expire":              "destroys keys whose time is over; tells how many",
	"easel.vault_forget":              "removes rows of objects that are gone; tells nothing",
	"easel.vault_held":                "says whether a hold keeps an object; for the triggers that spare it",
	"easel.vault_held_account":        "says until when a hold keeps the caller's account",
	"easel.vault_hold_lift":           "ends a hold and writes it down; checks who calls",
	"easel.vault_hold_list":           "lists holds to those who run the place, to others none",
	"easel.vault_hold_set":            "sets a hold and writes it down; checks who calls",
	"easel.vault_now":                 "says by which time things are over",
	"easel.vault_spare":               "a trigger: what is held is not destroyed",
	"easel.vault_spare_key":           "a trigger: what is held keeps its key",
	"easel.vault_spare_owner":         "a trigger: whose things are held keeps the key to them",
	"easel.vault_state":               "counts objects by what is still to be done; tells no ids",
	"easel.vault_gone":                "lists ids of objects without a key, whose bytes are to be removed",
	"easel.vault_staff_key":           "hands out the wrapped key of the one person whom an audited session is about",
	"easel.vault_unknown":             "says which of the ids no object has; whoever asks has seen them in the bucket",
}

func TestDefinersAreExplained(t *testing.T) {
	t.Parallel()
	found := rows(t, ownerConn(t), `select distinct n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		where n.nspname in ('easel', 'keys', 'river') and p.prosecdef order by 1`)
	for _, f := range found {
		if definers[f] == "" {
			t.Errorf("%s runs with another role's rights: say in definers why it has to", f)
		}
	}
	for _, f := range slices.Sorted(maps.Keys(definers)) {
		if !slices.Contains(found, f) {
			t.Errorf("%s is explained and does not exist any more", f)
		}
	}
}
