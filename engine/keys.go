package engine

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	keyBytes = 32 // AES-256
	maxKeyID = 64
)

// Keys are the encryption keys by id. New data is sealed with the first one; all of them open old data. A key may be
// retired when the retention of everything sealed with it is over.
type Keys struct {
	active string
	aeads  map[string]cipher.AEAD
}

// ParseKeys reads "id:base64,id2:base64": each key is 32 random bytes in standard base64 (`openssl rand -base64 32`),
// the newest first. Ids are public: they stand beside each sealed value. Errors never show key material.
func ParseKeys(spec string) (*Keys, error) {
	keys := &Keys{aeads: map[string]cipher.AEAD{}}
	for n, part := range strings.Split(spec, ",") {
		id, encoded, found := strings.Cut(strings.TrimSpace(part), ":")
		if !found || id == "" || len(id) > maxKeyID {
			return nil, fmt.Errorf("encryption key %d must have the form id:base64, the id at most %d letters", n+1, maxKeyID)
		}
		if err := keys.add(id, encoded); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func (k *Keys) add(id, encoded string) error {
	if _, twice := k.aeads[id]; twice {
		return fmt.Errorf("encryption key id %q is there twice", id)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != keyBytes {
		return fmt.Errorf("encryption key %q must be %d bytes in base64", id, keyBytes)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return fmt.Errorf("encryption key %q: %w", id, err)
	}
	// The nonce is drawn afresh for each value and stands before the ciphertext: 96 random bits, safe for 2^32 values
	// a key.
	if k.aeads[id], err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return fmt.Errorf("encryption key %q: %w", id, err)
	}
	if k.active == "" {
		k.active = id
	}
	return nil
}

// KeysFromFile reads the keys of a file in the form of ParseKeys, and writes one with a fresh key when there is none.
// It is for `dev`, where nobody wants to be asked for a key and the data must still open after a restart.
func KeysFromFile(path string) (*Keys, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = newKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("encryption key file: %w", err)
	}
	return ParseKeys(strings.TrimSpace(string(text)))
}

func newKeyFile(path string) ([]byte, error) {
	raw := make([]byte, keyBytes)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	text := []byte("dev:" + base64.StdEncoding.EncodeToString(raw) + "\n")
	return text, os.WriteFile(path, text, 0o600)
}

// Seal encrypts with the active key. The result names its key: one byte of length, the id, nonce and ciphertext.
func (k *Keys) Seal(plain []byte) ([]byte, error) {
	header := append([]byte{byte(len(k.active))}, k.active...)
	return append(header, k.encrypt(plain)...), nil
}

// Open decrypts what Seal returned. It fails for an unknown key and for anything that was changed.
func (k *Keys) Open(sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || len(sealed) < 1+int(sealed[0]) {
		return nil, errors.New("sealed data is cut off")
	}
	end := 1 + int(sealed[0])
	return k.decrypt(string(sealed[1:end]), sealed[end:])
}

// encrypt binds the ciphertext to the key's id, so that neither can be exchanged alone.
func (k *Keys) encrypt(plain []byte) []byte {
	return k.aeads[k.active].Seal(nil, nil, plain, []byte(k.active))
}

func (k *Keys) decrypt(id string, sealed []byte) ([]byte, error) {
	aead, known := k.aeads[id]
	if !known {
		return nil, fmt.Errorf("encryption key %q is not configured", id)
	}
	plain, err := aead.Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return nil, fmt.Errorf("data sealed with key %q is damaged or the key is another one", id)
	}
	return plain, nil
}
