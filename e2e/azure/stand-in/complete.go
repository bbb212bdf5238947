package main

import (
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What becomes of an attribute of a value; the path is that of the block it stands in.
type decide func(path string, name string, attribute attribute, value tftypes.Value) tftypes.Value

// Walks an object along its schema and puts in place of every attribute what decide says.
func (b block) complete(path string, value tftypes.Value, decide decide) tftypes.Value {
	if value.IsNull() || !value.IsKnown() {
		return value
	}
	fields := map[string]tftypes.Value{}
	must(value.As(&fields))
	for name, attribute := range b.Attributes {
		fields[name] = decide(path, name, attribute, fields[name])
	}
	for name, nested := range b.Blocks {
		fields[name] = nested.complete(path+name+".", fields[name], decide)
	}
	return tftypes.NewValue(value.Type(), fields)
}

func (n nestedBlock) complete(path string, value tftypes.Value, decide decide) tftypes.Value {
	if n.Nesting == "single" {
		return n.Block.complete(path, value, decide)
	}
	if value.IsNull() || !value.IsKnown() {
		return value
	}
	var items []tftypes.Value
	must(value.As(&items))
	for index, item := range items {
		items[index] = n.Block.complete(path, item, decide)
	}
	return tftypes.NewValue(value.Type(), items)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
