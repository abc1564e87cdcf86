package activities

import (
	"context"

	"example.com/lifeline/support"
)

// SessionKeyStatus says how the key stands that session rows are found by: active, pending or failed. A CRM that has no
// such key answers active.
func (s *Steps) SessionKeyStatus(ctx context.Context, connection string) (string, error) {
	c, err := s.connection(connection)
	if err != nil {
		return "", err
	}
	keys, ok := c.CRM.(support.KeyHealth)
	if !ok {
		return support.KeyActive, nil
	}
	return keys.SessionKeyStatus(ctx)
}
