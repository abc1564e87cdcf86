package engine

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

const (
	encodingEncrypted = "binary/encrypted"
	metadataKeyID     = "encryption-key-id"
)

// DataConverter is the SDK's own with encryption around it. Clients, workers, replay and workflow tests all need it.
func DataConverter(keys *Keys) converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codecs(keys)...)
}

// FailureConverter encrypts the messages and stack traces of failures too; their types stay readable.
func FailureConverter(keys *Keys) converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter:          DataConverter(keys),
		EncodeCommonAttributes: true,
	})
}

// codecs are applied to a payload from the last to the first: what is large is compressed, then all is encrypted.
func codecs(keys *Keys) []converter.PayloadCodec {
	return []converter.PayloadCodec{NewCodec(keys), compressor{converter.NewZlibCodec(converter.ZlibCodecOptions{})}}
}

// compressFrom is the size in bytes from which compressing a payload pays: a long chat, not a small step's input.
const compressFrom = 16 << 10

// compressor keeps long chats far below the engine's bound on payloads (temporal.md 6).
type compressor struct{ zlib converter.PayloadCodec }

// Encode compresses large payloads.
func (c compressor) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return each(payloads, func(p *commonpb.Payload) (*commonpb.Payload, error) {
		if len(p.GetData()) < compressFrom {
			return p, nil
		}
		encoded, err := c.zlib.Encode([]*commonpb.Payload{p})
		if err != nil {
			return nil, err
		}
		return encoded[0], nil
	})
}

// Decode opens what Encode compressed.
func (c compressor) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return c.zlib.Decode(payloads)
}

// NewCodec encrypts whole payloads, their metadata included. Payloads that are not its own pass through unchanged when
// decoding, so that a history written before encryption still opens.
func NewCodec(keys *Keys) converter.PayloadCodec { return codec{keys} }

type codec struct{ keys *Keys }

// Encode encrypts each payload with the active key.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return each(payloads, c.encode)
}

// Decode opens each payload with the key its metadata names.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	return each(payloads, c.decode)
}

func (c codec) encode(p *commonpb.Payload) (*commonpb.Payload, error) {
	plain, err := proto.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encrypting a payload: %w", err)
	}
	return &commonpb.Payload{
		Metadata: map[string][]byte{
			converter.MetadataEncoding: []byte(encodingEncrypted),
			metadataKeyID:              []byte(c.keys.active),
		},
		Data: c.keys.encrypt(plain),
	}, nil
}

func (c codec) decode(p *commonpb.Payload) (*commonpb.Payload, error) {
	if string(p.GetMetadata()[converter.MetadataEncoding]) != encodingEncrypted {
		return p, nil
	}
	plain, err := c.keys.decrypt(string(p.Metadata[metadataKeyID]), p.Data)
	if err != nil {
		return nil, fmt.Errorf("decrypting a payload: %w", err)
	}
	decoded := &commonpb.Payload{}
	if err := proto.Unmarshal(plain, decoded); err != nil {
		return nil, fmt.Errorf("decrypting a payload: %w", err)
	}
	return decoded, nil
}

func each(payloads []*commonpb.Payload, convert func(*commonpb.Payload) (*commonpb.Payload, error)) ([]*commonpb.Payload, error) {
	converted := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		var err error
		if converted[i], err = convert(p); err != nil {
			return nil, err
		}
	}
	return converted, nil
}
