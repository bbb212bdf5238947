package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What Terraform does not ask of a provider without functions, identities and the like is left out.
type provider struct {
	tfprotov6.ProviderServer
	schema  providerSchema
	answers answers
}

func (p *provider) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	response := &tfprotov6.GetProviderSchemaResponse{
		Provider:          p.schema.Provider.served(),
		ResourceSchemas:   map[string]*tfprotov6.Schema{},
		DataSourceSchemas: map[string]*tfprotov6.Schema{},
	}
	for name, schema := range p.schema.Resources {
		response.ResourceSchemas[name] = schema.served()
	}
	for name, schema := range p.schema.DataSources {
		response.DataSourceSchemas[name] = schema.served()
	}
	return response, nil
}

func (p *provider) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) ValidateProviderConfig(_ context.Context, request *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (p *provider) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (p *provider) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (p *provider) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (p *provider) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (p *provider) UpgradeResourceState(_ context.Context, request *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	state, err := request.RawState.Unmarshal(p.schema.Resources[request.TypeName].valueType())
	if err != nil {
		return nil, err
	}
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: dynamic(state)}, nil
}

func (p *provider) ReadResource(_ context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: request.CurrentState, Private: request.Private}, nil
}

// Everything exists, under whatever id; what it is like shows when it is changed.
func (p *provider) ImportResourceState(_ context.Context, request *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	objectType := p.schema.Resources[request.TypeName].valueType().(tftypes.Object)
	fields := map[string]tftypes.Value{}
	for name, fieldType := range objectType.AttributeTypes {
		fields[name] = empty(fieldType)
		if _, attribute := p.schema.Resources[request.TypeName].Block.Attributes[name]; attribute {
			fields[name] = tftypes.NewValue(fieldType, nil)
		}
	}
	fields["id"] = tftypes.NewValue(tftypes.String, request.ID)
	state := dynamic(tftypes.NewValue(objectType, fields))
	imported := &tfprotov6.ImportedResource{TypeName: request.TypeName, State: state}
	return &tfprotov6.ImportResourceStateResponse{ImportedResources: []*tfprotov6.ImportedResource{imported}}, nil
}

func (p *provider) ReadDataSource(_ context.Context, request *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	schema := p.schema.DataSources[request.TypeName]
	config := unmarshal(request.Config, schema.valueType())
	return &tfprotov6.ReadDataSourceResponse{State: dynamic(p.answered(request.TypeName, schema, config, missing))}, nil
}

func unmarshal(value *tfprotov6.DynamicValue, valueType tftypes.Type) tftypes.Value {
	unmarshalled, err := value.Unmarshal(valueType)
	must(err)
	return unmarshalled
}

func dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	made, err := tfprotov6.NewDynamicValue(value.Type(), value)
	must(err)
	return &made
}
