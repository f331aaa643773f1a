package pages

import (
	"net/http"

	"easel/internal/web/ui"
)

// questionsPage answers what people ask most.
type questionsPage struct {
	ui.Frame

	Answers []answered
}

type answered struct{ ID, Question, Answer string }

func (s *site) questions(w http.ResponseWriter, r *http.Request) error {
	public(w)
	p := s.questionsPage()
	return s.show(w, r, http.StatusOK, "questions", &p)
}

func (s *site) questionsPage() questionsPage {
	t, title := s.texts.Text, s.texts.Text("questions.title")
	return questionsPage{Frame: ui.Frame{Title: title, Description: t("questions.lead")}, Answers: []answered{
		{"photo", t("questions.photo"), t("questions.photo.a")},
		{"who", t("questions.who"), t("questions.who.a")},
		{"account", t("questions.why"), t("questions.why.a")},
		{"time", t("questions.time"), t("questions.time.a")},
		{"again", t("questions.same"), t("questions.same.a")},
		{"use", t("questions.use"), s.Policy.UseOfResults()},
		{"gone", t("questions.gone"), t("questions.gone.a")},
		{"letter", t("questions.lost"), t("questions.lost.a")},
	}}
}
