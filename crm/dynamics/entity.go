package dynamics

import (
	"time"
)

// entity is a row of Lifeline's tables as read: its column names depend on the configured prefix.
type entity map[string]any

func (e entity) text(name string) string {
	value, _ := e[name].(string)
	return value
}

func (e entity) number(name string) int {
	value, _ := e[name].(float64)
	return int(value)
}

func (e entity) time(name string) time.Time {
	at, _ := time.Parse(time.RFC3339, e.text(name))
	return at
}
