package main

import (
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The form of `terraform providers schema -json`, for one provider.
type providerSchema struct {
	Provider    schema            `json:"provider"`
	Resources   map[string]schema `json:"resource_schemas"`
	DataSources map[string]schema `json:"data_source_schemas"`
}

type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

type block struct {
	Attributes map[string]attribute   `json:"attributes"`
	Blocks     map[string]nestedBlock `json:"block_types"`
}

type attribute struct {
	Type      json.RawMessage `json:"type"`
	Required  bool            `json:"required"`
	Optional  bool            `json:"optional"`
	Computed  bool            `json:"computed"`
	WriteOnly bool            `json:"write_only"`
}

type nestedBlock struct {
	Nesting string `json:"nesting_mode"`
	Block   block  `json:"block"`
	Min     int64  `json:"min_items"`
	Max     int64  `json:"max_items"`
}

var nestings = map[string]tfprotov6.SchemaNestedBlockNestingMode{
	"single": tfprotov6.SchemaNestedBlockNestingModeSingle,
	"list":   tfprotov6.SchemaNestedBlockNestingModeList,
	"set":    tfprotov6.SchemaNestedBlockNestingModeSet,
}

func (s schema) served() *tfprotov6.Schema {
	return &tfprotov6.Schema{Version: s.Version, Block: s.Block.served()}
}

func (s schema) valueType() tftypes.Type {
	return s.served().ValueType()
}

func (b block) served() *tfprotov6.SchemaBlock {
	served := &tfprotov6.SchemaBlock{}
	for _, name := range sorted(b.Attributes) {
		attribute := b.Attributes[name]
		served.Attributes = append(served.Attributes, &tfprotov6.SchemaAttribute{
			Name:      name,
			Type:      attribute.valueType(),
			Required:  attribute.Required,
			Optional:  attribute.Optional,
			Computed:  attribute.Computed,
			WriteOnly: attribute.WriteOnly,
		})
	}
	for _, name := range sorted(b.Blocks) {
		nested := b.Blocks[name]
		served.BlockTypes = append(served.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name,
			Nesting:  nestings[nested.Nesting],
			Block:    nested.Block.served(),
			MinItems: nested.Min,
			MaxItems: nested.Max,
		})
	}
	return served
}

func (a attribute) valueType() tftypes.Type {
	valueType, err := tftypes.ParseJSONType(a.Type)
	if err != nil {
		panic(err)
	}
	return valueType
}

func sorted[V any](entries map[string]V) []string {
	names := make([]string, 0, len(entries))
	for name := range entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
