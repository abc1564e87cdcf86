package engine_test

import (
	"testing"

	"example.com/lifeline/engine/enginetest"
)

func TestMain(m *testing.M) { enginetest.Main(m) }
