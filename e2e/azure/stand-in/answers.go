package main

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What the made-up cloud says, by type and path of the attribute: text with the object's own attributes in braces, and
// {#} for a number that differs from object to object.
type answers map[string]struct {
	Values map[string]string `json:"values"`
	// Attributes whose change makes a new object.
	Replacing []string `json:"replacing"`
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// Fills in a value that only the cloud knows.
func (a answers) value(typeName, path, name string, object map[string]tftypes.Value, valueType tftypes.Type) tftypes.Value {
	template, known := a[typeName].Values[path+name]
	if !known && name == "id" {
		template = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/{resource_group_name}/providers/" + typeName + "/{name}"
	}
	text := placeholder.ReplaceAllStringFunc(template, func(match string) string {
		var written string
		field, there := object[strings.Trim(match, "{}")]
		if there && field.IsKnown() && !field.IsNull() && field.Type().Is(tftypes.String) {
			must(field.As(&written))
		}
		return written
	})
	sum := sha256.Sum256([]byte(typeName + path + name + fmt.Sprint(object["name"])))
	text = strings.ReplaceAll(text, "{#}", fmt.Sprint(1+sum[0]%254))
	switch {
	case valueType.Is(tftypes.String):
		if template == "" {
			text = guid(sum)
		}
		return tftypes.NewValue(tftypes.String, text)
	case valueType.Is(tftypes.Number):
		return tftypes.NewValue(tftypes.Number, big.NewFloat(1))
	case valueType.Is(tftypes.Bool):
		return tftypes.NewValue(tftypes.Bool, false)
	}
	if list, ok := valueType.(tftypes.List); ok && known && list.ElementType.Is(tftypes.String) {
		return tftypes.NewValue(valueType, []tftypes.Value{tftypes.NewValue(tftypes.String, text)})
	}
	return empty(valueType)
}

func empty(valueType tftypes.Type) tftypes.Value {
	switch valueType.(type) {
	case tftypes.List, tftypes.Set:
		return tftypes.NewValue(valueType, []tftypes.Value{})
	case tftypes.Map:
		return tftypes.NewValue(valueType, map[string]tftypes.Value{})
	}
	return tftypes.NewValue(valueType, nil)
}

func guid(sum [sha256.Size]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
