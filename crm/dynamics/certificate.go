package dynamics

import (
	"crypto/rsa"
	"crypto/sha1" // the older assertion form names the certificate by this digest
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"example.com/lifeline/support"
)

// The signatures of a client assertion (dynamics.md 1.1).
const (
	algorithmPSS   = "PS256"
	algorithmPKCS1 = "RS256"
)

const assertionLife = 10 * time.Minute

// certificate is what proves the app's identity instead of a client secret.
type certificate struct {
	leaf *x509.Certificate
	key  *rsa.PrivateKey
}

// readCertificate reads PEM blocks; the key may be in either text. Its errors are fit for Validate and hold nothing
// of the contents.
func readCertificate(certificatePEM, keyPEM support.Secret) (certificate, error) {
	var found certificate
	rest := []byte(certificatePEM.Reveal() + "\n" + keyPEM.Reveal())
	for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" && found.leaf == nil {
			found.leaf, _ = x509.ParseCertificate(block.Bytes)
		} else if key := parseKey(block); key != nil {
			found.key = key
		}
	}
	switch {
	case found.leaf == nil:
		return certificate{}, errors.New("CERTIFICATE holds no readable PEM certificate")
	case found.key == nil:
		return certificate{}, errors.New("CERTIFICATE_KEY holds no readable RSA private key in PEM form")
	case !found.key.PublicKey.Equal(found.leaf.PublicKey):
		return certificate{}, errors.New("CERTIFICATE_KEY does not belong to CERTIFICATE")
	}
	return found, nil
}

func parseKey(block *pem.Block) *rsa.PrivateKey {
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, _ := x509.ParsePKCS1PrivateKey(block.Bytes)
		return key
	case "PRIVATE KEY":
		parsed, _ := x509.ParsePKCS8PrivateKey(block.Bytes)
		key, _ := parsed.(*rsa.PrivateKey)
		return key
	}
	return nil
}

// assertion signs a fresh client assertion for the token endpoint (dynamics.md 1.1, private_key_jwt).
func (c certificate) assertion(algorithm, clientID, audience string, now time.Time) (string, error) {
	token := jwt.NewWithClaims(signingMethod(algorithm), jwt.RegisteredClaims{
		Issuer:    clientID,
		Subject:   clientID,
		Audience:  jwt.ClaimStrings{audience},
		ID:        uuid.NewString(),
		NotBefore: jwt.NewNumericDate(now),
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(assertionLife)),
	})
	name, thumbprint := c.thumbprint(algorithm)
	token.Header[name] = thumbprint
	return token.SignedString(c.key)
}

func signingMethod(algorithm string) jwt.SigningMethod {
	if algorithm == algorithmPKCS1 {
		return jwt.SigningMethodRS256
	}
	return jwt.SigningMethodPS256
}

func (c certificate) thumbprint(algorithm string) (header, value string) {
	if algorithm == algorithmPKCS1 {
		sum := sha1.Sum(c.leaf.Raw)
		return "x5t", base64.RawURLEncoding.EncodeToString(sum[:])
	}
	sum := sha256.Sum256(c.leaf.Raw)
	return "x5t#S256", base64.RawURLEncoding.EncodeToString(sum[:])
}
