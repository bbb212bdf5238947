// What an administrator does for others, through the app's API with the session of their page.
import assert from 'node:assert/strict';
import { api } from './webui.mjs';

export const EVERYBODY = [{ principal_type: 'user', principal_id: '*', permission: 'read' }];

async function done(admin, path, options) {
  const { status, body } = await api(admin, path, options);
  assert.ok(status < 300, `${options?.method ?? 'GET'} ${path} answers ${status}: ${JSON.stringify(body)}`);
  return body;
}

export const whoAmI = (person) => done(person, '/api/v1/auths/');

/** The ids of the models that the person may use. */
export async function modelsOf(person) {
  return (await done(person, '/api/models')).data.map(({ id }) => id).sort();
}

/** Lets everybody use these models: without it only administrators see them. */
export async function shareModels(admin, ids) {
  for (const id of ids) {
    const body = { id, name: id, meta: {}, params: {}, access_grants: EVERYBODY, is_active: true };
    await done(admin, '/api/v1/models/create', { method: 'POST', body });
  }
}

export async function createGroup(admin, name) {
  const body = { name, description: `People of ${name}` };
  return done(admin, '/api/v1/groups/create', { method: 'POST', body });
}

export async function groupsOf(person) {
  return (await done(person, '/api/v1/groups/')).map(({ name }) => name).sort();
}

export async function createAccount(admin, { email, name, password, role = 'user' }) {
  return done(admin, '/api/v1/auths/add', { method: 'POST', body: { email, name, password, role } });
}

export async function addToGroup(admin, groupId, userId) {
  const body = { user_ids: [userId] };
  return done(admin, `/api/v1/groups/id/${groupId}/users/add`, { method: 'POST', body });
}

/** Titles of all chats of a person. */
export async function chatsOf(person) {
  return (await done(person, '/api/v1/chats/?page=1')).map(({ id, title }) => ({ id, title }));
}

export async function chatText(person, id) {
  return JSON.stringify((await done(person, `/api/v1/chats/${id}`)).chat);
}
