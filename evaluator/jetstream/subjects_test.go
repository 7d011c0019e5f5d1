package jetstream

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/graphpnas/graphpnas/evaluator/protocol"
)

func TestTokensAreValidInSubjects(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		for _, name := range []string{a, b, strings.Repeat(a, 100)} {
			assert.Regexp(t, `^[A-Za-z0-9_-]{1,64}$`, token(name))
		}
		assert.Equal(t, a == b, token(a) == token(b))
	})
	assert.Equal(t, "nasbench201", token("nasbench201"))
}

// covers agrees with its definition on all subjects of one to four tokens. The alphabet has one token more than the patterns use.
func TestPatternsCoverSubjects(t *testing.T) {
	t.Parallel()
	var subjects []string
	level := []string{""}
	for range 4 {
		var next []string
		for _, s := range level {
			for _, token := range []string{"a", "b", "other"} {
				next = append(next, strings.TrimPrefix(s+"."+token, "."))
			}
		}
		subjects, level = append(subjects, next...), next
	}
	token := rapid.SampledFrom([]string{"a", "b", "*"})
	draw := func(t *rapid.T, name string) string {
		tokens := rapid.SliceOfN(token, 0, 2).Draw(t, name)
		if len(tokens) == 0 || rapid.Bool().Draw(t, name+" is open") {
			tokens = append(tokens, ">")
		}
		return strings.Join(tokens, ".")
	}
	rapid.Check(t, func(t *rapid.T) {
		pattern, subject := draw(t, "pattern"), draw(t, "subject")
		want := true
		for _, s := range subjects {
			want = want && (covers(pattern, s) || !covers(subject, s))
		}
		assert.Equal(t, want, covers(pattern, subject), "%s by %s", subject, pattern)
	})
	for subject, matches := range map[string]bool{"a": false, "a.b": true, "a.b.a": true, "b.a": false} {
		assert.Equal(t, matches, covers("a.>", subject), subject)
	}
}

func TestHeaderAcceptsAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat(string(rapid.SliceOf(rapid.Byte()).Draw(t, "text")), rapid.IntRange(1, 2000).Draw(t, "times"))
		h := header(text)
		assert.LessOrEqual(t, len(h), room/4)
		assert.True(t, utf8.ValidString(h))
		assert.NotContains(t, h, "\n")
		assert.NotContains(t, h, "\r")
	})
}

func TestIDsDependOnAllInputsOfTheResult(t *testing.T) {
	t.Parallel()
	budgets := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "ab"}), rapid.SampledFrom([]float64{0, 1, 2}), 0, 3)
	word := rapid.SampledFrom([]string{"", "a", "b", "ab"})
	type question struct {
		objective, key string
		request        protocol.Request
	}
	draw := func(t *rapid.T, name string) question {
		return question{
			word.Draw(t, name+" objective"), word.Draw(t, name+" key"),
			protocol.Request{
				Space: word.Draw(t, name+" space"), Budget: budgets.Draw(t, name+" budget"), Seed: rapid.Uint64Range(0, 2).Draw(t, name+" seed"),
			},
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		same := a.objective == b.objective && a.key == b.key && a.request.Space == b.request.Space &&
			a.request.Seed == b.request.Seed && maps.Equal(a.request.Budget, b.request.Budget)
		assert.Equal(t, same, identify(a.objective, a.key, a.request) == identify(b.objective, b.key, b.request))
	})
}
