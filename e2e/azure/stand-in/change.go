package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Plans a change: what only the cloud knows is unknown while the object is new, and stays as it is afterwards.
func (p *provider) PlanResourceChange(_ context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	schema := p.schema.Resources[request.TypeName]
	proposed := unmarshal(request.ProposedNewState, schema.valueType())
	if proposed.IsNull() {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: request.ProposedNewState}, nil
	}
	prior := unmarshal(request.PriorState, schema.valueType())
	planned := schema.Block.complete("", proposed, func(_, _ string, attribute attribute, value tftypes.Value) tftypes.Value {
		if attribute.WriteOnly {
			return tftypes.NewValue(value.Type(), nil)
		}
		if prior.IsNull() && missing(attribute, value) {
			return tftypes.NewValue(value.Type(), tftypes.UnknownValue)
		}
		return value
	})
	response := &tfprotov6.PlanResourceChangeResponse{PlannedState: dynamic(planned), UnsafeToUseLegacyTypeSystem: true}
	if !prior.IsNull() {
		response.RequiresReplace = p.replacing(request.TypeName, prior, planned)
	}
	return response, nil
}

func (p *provider) ApplyResourceChange(_ context.Context, request *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	schema := p.schema.Resources[request.TypeName]
	planned := unmarshal(request.PlannedState, schema.valueType())
	unknown := func(_ attribute, value tftypes.Value) bool { return !value.IsKnown() }
	state := p.answered(request.TypeName, schema, planned, unknown)
	return &tfprotov6.ApplyResourceChangeResponse{NewState: dynamic(state), UnsafeToUseLegacyTypeSystem: true}, nil
}

func missing(attribute attribute, value tftypes.Value) bool {
	return attribute.Computed && value.IsNull()
}

func (p *provider) answered(typeName string, schema schema, value tftypes.Value, open func(attribute, tftypes.Value) bool) tftypes.Value {
	if value.IsNull() {
		return value
	}
	object := map[string]tftypes.Value{}
	must(value.As(&object))
	return schema.Block.complete("", value, func(path, name string, attribute attribute, value tftypes.Value) tftypes.Value {
		if open(attribute, value) {
			return p.answers.value(typeName, path, name, object, value.Type())
		}
		return value
	})
}

func (p *provider) replacing(typeName string, prior, planned tftypes.Value) []*tftypes.AttributePath {
	before, after := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	must(prior.As(&before))
	must(planned.As(&after))
	var paths []*tftypes.AttributePath
	for _, name := range p.answers[typeName].Replacing {
		// An imported object has no values yet that could differ.
		if !before[name].IsNull() && !before[name].Equal(after[name]) {
			paths = append(paths, tftypes.NewAttributePath().WithAttributeName(name))
		}
	}
	return paths
}
